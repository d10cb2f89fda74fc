COPY (SELECT product_id FROM public.products ORDER BY product_id) TO STDOUT
